"""The fenced blocks of a document, and what the comment above each says is to be done with it.

<!-- file: PATH -->    a file of that content          <!-- append: PATH -->  more of it
<!-- run -->           run by a shell                  <!-- serve -->         run beside the ones that follow
<!-- output -->        what the last `run` printed: each line, in order, `...` for anything
<!-- compile -->       C++ of a namespace              <!-- body -->          C++ of a function that has a request, a
                                                                              context, settings and a `Keys keys`
<!-- shown -->         nothing: an outline, or a part of another language's file
"""

import dataclasses
import pathlib
import re

MARKER = re.compile(r"<!-- (file|append|run|serve|output|compile|body|shown)(?:: (\S+))? -->$")
# Blocks in these languages say what is to be done with them.
CHECKED = {"c", "cpp", "cmake", "json", "sh", "text", "yaml"}


@dataclasses.dataclass(frozen=True)
class Block:
    document: str
    line: int  # of the first line of text
    language: str
    action: str
    path: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.document}:{self.line}"


def blocks(document: pathlib.Path) -> list[Block]:
    found = []
    lines = document.read_text().splitlines()
    start = None
    for number, line in enumerate(lines):
        if start is None and line.startswith("```"):
            start = number
        elif start is not None and line == "```":
            marker = MARKER.match(lines[start - 1]) if start else None
            found.append(Block(document.name, start + 2, lines[start][3:], marker[1] if marker else "", (marker[2] or "") if marker else "",
                               "\n".join(lines[start + 1:number]) + "\n"))
            start = None
    assert start is None, f"{document.name}:{start + 1}: the block has no end"
    return found


def matches(output: str, expected: str) -> bool:
    """Whether the lines of `expected` are there in this order, `...` in them for anything in a line."""
    patterns = [".*".join(map(re.escape, line.split("..."))) for line in expected.splitlines()]
    return re.search("^" + "$\n(?:.*\n)*?".join(patterns) + "$", output, re.MULTILINE) is not None
