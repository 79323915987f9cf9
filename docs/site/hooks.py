"""What the site holds beyond the pages of `docs/`, and where links that leave `docs/` lead.

Home is the README; the change log, the page on contributing and the presets' model cards are shown
as they lie in the repository, and the command line reference comes from the parsers themselves.
"""

import os
import re
from pathlib import Path, PurePosixPath

from command_reference import command_pages
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

REPOSITORY = Path(__file__).resolve().parents[2]
# What lies elsewhere in the repository, and the site's page of it.
PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "densedepth_tf/presets/nyu_small.md": "reference/nyu_small.md",
    "densedepth_tf/presets/rooms_small.md": "reference/rooms_small.md",
}
_LINK = re.compile(r"(?<=\]\()([^)\s]+)(?=\))")
_LOADED = re.compile(
    r"<(?:script|img|iframe|source)[^>]+src=\"?https?:[^>]*>|<link[^>]+stylesheet[^>]+https?:[^>]*>"
)
_FENCE = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that do not lie in `docs/`."""
    for path, address in PAGES.items():
        files.append(File.generated(config, address, content=(REPOSITORY / path).read_text()))
    for address, text in command_pages().items():
        files.append(File.generated(config, address, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Makes links of the repository links of the site."""
    address = page.file.src_uri
    homes = {shown: path for path, shown in PAGES.items()}
    return with_site_links(
        markdown, homes.get(address, f"docs/{address}"), address, config.extra["repository"]
    )


def on_post_page(output: str, page: Page, **_: object) -> str:
    """Refuses a page that would load anything from elsewhere."""
    if loaded := _LOADED.findall(output):
        raise PluginError(f"A page loads from elsewhere. Received: {loaded} in {page.file.src_uri}")
    return output


def with_site_links(markdown: str, home: str, address: str, repository: str) -> str:
    """A page's text with links that lead to the site's pages, else to the repository's files.

    Args:
        markdown: The text, whose relative links start from `home`.
        home: The file that the text is from, in the repository.
        address: The page that shows it, below `docs/`.
        repository: Where the repository is to be read, e.g. "https://github.com/owner/name".
    """

    def rewritten(match: re.Match[str]) -> str:
        path, mark, anchor = match[1].partition("#")
        if not path or re.match(r"\w+:", path):
            return match[1]
        target = os.path.normpath(PurePosixPath(home).parent / path)
        if target in PAGES or target.startswith("docs/"):
            shown = PAGES.get(target, target.removeprefix("docs/"))
            return os.path.relpath(shown, PurePosixPath(address).parent) + mark + anchor
        if not (REPOSITORY / target).exists():
            return match[1]  # the strict build names it
        kind = "tree" if (REPOSITORY / target).is_dir() else "blob"
        return f"{repository}/{kind}/main/{target}{mark}{anchor}"

    parts = _FENCE.split(markdown)
    return "".join(part if part.startswith("```") else _LINK.sub(rewritten, part) for part in parts)
