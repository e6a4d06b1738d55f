"""What Pillow makes of two small pictures, for TransformTest: python make.py, with the Pillow of the requirements below.

    pip install pillow==12.3.0

picture.png is a part of samples' macaw.jpg; the other picture is a pattern that the test makes too. Each result is a PNG beside
this file, or a checksum in golden.csv: size, mode and CRC-32 of the samples."""
