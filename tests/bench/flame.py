"""Flame graphs of what `perf script` prints: folded stacks and an SVG that a browser shows and searches."""

import html
import re

WIDTH, ROW, FONT = 1200, 17, 11
HEADER = re.compile(r"^(\S.*?)\s+(\d+)(?:/(\d+))?\s+(?:\[\d+\]\s+)?[\d.]+:\s+(\d+)?")


def fold(lines, name_of):
    """{program: {"frame;frame": samples}}; name_of(pid) gives the program, None leaves it out."""
    stacks, program, thread, frames = {}, None, "", []
    for line in lines:
        line = line.rstrip("\n")
        if not line:
            if program is not None:
                key = ";".join([thread, *reversed(frames)])
                folded = stacks.setdefault(program, {})
                folded[key] = folded.get(key, 0) + 1
            program, frames = None, []
        elif line[0] not in " \t":
            found = HEADER.match(line)
            program = name_of(int(found[2])) if found else None
            thread = found[1].strip() if found else ""
        elif program is not None:
            frames.append(frame_name(line))
    return stacks


def frame_name(line):
    """Function of a frame, or the library where it is not known."""
    fields = line.split(None, 1)
    text = fields[1] if len(fields) > 1 else "?"
    name, _, where = text.rpartition(" (")
    library = where.rstrip(")").rsplit("/", 1)[-1]
    name = re.sub(r"\+0x[0-9a-f]+$", "", name or text)
    return f"[{library}]" if name == "[unknown]" else name.replace(";", ":")


class Node:
    """A frame with what it calls."""

    def __init__(self):
        self.samples = 0
        self.children = {}

    def add(self, frames, samples):
        """Counts a stack below this frame."""
        self.samples += samples
        if frames:
            self.children.setdefault(frames[0], Node()).add(frames[1:], samples)

    def depth(self):
        """Rows that it takes."""
        return 1 + max((child.depth() for child in self.children.values()), default=0)


def colour(name):
    """The kernel blue, libraries without names grey, the rest warm, the same name always the same."""
    seed = sum(ord(c) * (i + 7) for i, c in enumerate(name)) % 55
    if name.startswith("["):
        return f"rgb({170 + seed // 2},{170 + seed // 2},{170 + seed // 2})"
    if name.startswith(("__x64_sys", "do_", "sys_", "entry_", "tcp_", "sock_", "vfs_", "ep_", "__")):
        return f"rgb({90 + seed},{150 + seed},230)"
    return f"rgb({200 + seed},{90 + 2 * seed},{40 + seed})"


def boxes(node, name, left, level, total, out):
    """The frame's box, then its children's above it."""
    width = WIDTH * node.samples / total
    if width < 0.3:
        return
    share = 100 * node.samples / total
    top = level * ROW
    text = html.escape(name[:int(width / (FONT * 0.6))]) if width > 25 else ""
    out.append(f'<g><title>{html.escape(name)}: {node.samples} samples, {share:.2f} %</title>'
               f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{ROW - 1}" fill="{colour(name)}"/>'
               f'<text x="{left + 2:.1f}" y="{top + 12}">{text}</text></g>')
    for child_name, child in sorted(node.children.items(), key=lambda item: -item[1].samples):
        boxes(child, child_name, left, level + 1, total, out)
        left += WIDTH * child.samples / total


def svg(folded, title):
    """The whole picture; the root is at the top."""
    root = Node()
    for stack, samples in folded.items():
        root.add(stack.split(";"), samples)
    out = []
    boxes(root, title, 0, 1, max(1, root.samples), out)
    height = (root.depth() + 2) * ROW
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'font-family="monospace" font-size="{FONT}">\n<text x="4" y="12">{html.escape(title)}: '
            f'{root.samples} samples; hover for names and shares</text>\n' + "\n".join(out) + "\n</svg>\n")


def heaviest(folded, most=12):
    """[(function, share)] by samples of its own."""
    counts = {}
    for stack, samples in folded.items():
        name = stack.rsplit(";", 1)[-1]
        counts[name] = counts.get(name, 0) + samples
    total = sum(counts.values()) or 1
    return [(name, n / total) for name, n in sorted(counts.items(), key=lambda item: -item[1])[:most]]
