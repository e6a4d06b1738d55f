package org.gristmill.parquet;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.hadoop.CodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/** How pages are unpacked: as the library does it, but for GZIP, which it asks Hadoop for. */
final class Codecs implements CompressionCodecFactory {
  private static final int PAGE = 1 << 20; // a first guess, for what is compressed only

  private final CodecFactory others;

  Codecs(ParquetConfiguration configuration) {
    others = new CodecFactory(configuration, PAGE);
  }

  @Override
  public BytesInputCompressor getCompressor(CompressionCodecName codec) {
    return others.getCompressor(codec);
  }

  @Override
  public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
    return codec == CompressionCodecName.GZIP ? new Gzip() : others.getDecompressor(codec);
  }

  @Override
  public void release() {
    others.release();
  }

  private static final class Gzip implements BytesInputDecompressor {
    @Override
    public BytesInput decompress(BytesInput bytes, int size) throws IOException {
      return BytesInput.from(unpacked(bytes.toInputStream(), size));
    }

    @Override
    public void decompress(ByteBuffer in, int packedSize, ByteBuffer out, int size)
        throws IOException {
      var packed = new byte[packedSize];
      in.get(packed);
      out.put(unpacked(new ByteArrayInputStream(packed), size));
    }

    private static byte[] unpacked(InputStream packed, int size) throws IOException {
      try (var in = new GZIPInputStream(packed)) {
        byte[] page = in.readNBytes(size);
        if (page.length != size) {
          throw new IOException("a page of %d bytes has %d".formatted(size, page.length));
        }
        return page;
      }
    }

    @Override
    public void release() {}
  }
}
