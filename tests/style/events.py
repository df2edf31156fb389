"""The table of the log's events (server/ops/EVENTS.md) and the calls that write them."""

import re

TABLE = "server/ops/EVENTS.md"
# Written by the log itself, past log_event().
RENDERED_BY = "server/base/log.cpp"
NAME = re.compile(r'"([a-z_]+\.[a-z_]+|stats)"')
FIELD = re.compile(r'\{\s*"([a-z0-9_]+)"\s*,')


def statement_at(text, start):
    """From here to the semicolon that ends it, strings aside."""
    quoted = False
    for at in range(start, len(text)):
        if text[at] == '"' and text[at - 1] != "\\":
            quoted = not quoted
        elif text[at] == ";" and not quoted:
            return text[start:at]
    return text[start:]


def calls(tree):
    """(file, line, names, levels, fields) of each call that writes an event."""
    for file in tree.under("server", suffixes=(".cpp",)):
        text = tree.text(file)
        wanted = r"\b(log_event|render_log_line)\(" if file == RENDERED_BY else r"\blog_event\("
        for match in re.finditer(wanted, text):
            statement = statement_at(text, match.start())
            head, brace, tail = statement.partition("{{")
            names = NAME.findall(head)
            if names:
                levels = set(re.findall(r"LogLevel::(\w+)", head))
                yield file, text[:match.start()].count("\n") + 1, names, levels, set(FIELD.findall(brace + tail))


def rows(tree):
    """name -> (line, levels, fields) of each row of the table."""
    table = {}
    for number, line in tree.lines(TABLE):
        cells = [cell.strip() for cell in line.split("|")]
        name = re.fullmatch(r"`([a-z_.]+)`", cells[1]) if len(cells) == 7 else None
        if name:
            table[name.group(1)] = (number, set(cells[2].split(", ")), set(re.findall(r"`(\w+)`", cells[3])))
    return table


def event_table(tree):
    """Each event that is logged has a row in server/ops/EVENTS.md, with its level and fields, and each row an event."""
    if TABLE not in tree.files:
        return
    table = rows(tree)
    written = {}
    for file, line, names, levels, fields in calls(tree):
        for name in names:
            if name not in table:
                yield file, line, f"{name} is not in {TABLE}"
                continue
            _, known_levels, known_fields = table[name]
            if len(names) == 1 and levels - known_levels:
                yield file, line, f"{name} is {', '.join(sorted(levels))} here, not {', '.join(sorted(known_levels))}"
            if fields - known_fields:
                yield file, line, f"{name} has fields that {TABLE} does not: {', '.join(sorted(fields - known_fields))}"
            written.setdefault(name, set()).update(fields)
    for name, (line, _, known_fields) in table.items():
        if name not in written:
            yield TABLE, line, f"{name} is written nowhere"
        elif known_fields - written[name]:
            yield TABLE, line, f"{name} has no field {', '.join(sorted(known_fields - written[name]))}"
