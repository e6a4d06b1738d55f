"""A notebook as one HTML page that needs nothing else: no script, style, font or picture from elsewhere."""

import re
from html.parser import HTMLParser

from jinja2 import DictLoader
from nbconvert.exporters import HTMLExporter

# The lab template without what it fetches (RequireJS, MathJax, Mermaid, widgets), dark where the reader's system is.
TEMPLATE = """
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
{%- block notebook_css -%}
{{ super() }}
{{ resources.include_css("static/theme-dark.css") | replace('<style type="text/css">', '<style media="screen and (prefers-color-scheme: dark)">') }}
{%- endblock -%}
"""
LOADING = {"src", "srcset", "poster", "data", "background"}
REMOTE = re.compile(r"^\s*(https?:)?//", re.IGNORECASE)
REMOTE_IN_CSS = re.compile(r"(?:@import\s+|url\(\s*)[\"']?\s*((?:https?:)?//[^\"')\s]+)", re.IGNORECASE)


def write(notebook, source, target):
    """Writes the page; pictures that the text names by relative path are embedded."""
    exporter = HTMLExporter(
        template_name="lab",
        template_file="gristmill.html.j2",
        extra_loaders=[DictLoader({"gristmill.html.j2": TEMPLATE})],
        embed_images=True,
    )
    metadata = {"name": source.stem, "path": str(source.resolve().parent)}
    body, _ = exporter.from_notebook_node(notebook, resources={"metadata": metadata})
    target.write_text(body, "utf-8")


def external_loads(html):
    """What a browser would fetch from elsewhere to show the page; links to follow are not meant."""
    finder = _LoadFinder()
    finder.feed(html)
    finder.close()
    return finder.found


class _LoadFinder(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []
        self._style = False

    def handle_starttag(self, tag, attributes):
        self._style = tag == "style"
        for name, value in attributes:
            value = value or ""
            if (name in LOADING or (name == "href" and tag in ("link", "image", "use"))) and REMOTE.match(value):
                self.found.append(f"<{tag} {name}={value}>")
            if name == "style":
                self._css(value)

    def handle_endtag(self, tag):
        self._style = False

    def handle_data(self, data):
        if self._style:
            self._css(data)

    def _css(self, text):
        self.found += [f"url({address})" for address in REMOTE_IN_CSS.findall(text)]
