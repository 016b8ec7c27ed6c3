#!/usr/bin/env python3
"""Records how a MariaDB server compares random strings, as initialisers for tests/unit/local/collation.cpp.

    record.py OUTPUT COUNT SEED [arguments of the mariadb client]

A line is {a, b, order, found}: both strings in hexadecimal; -1, 0 or 1 if a sorts before, equal to or after b; and the
sum of 1 if a starts with b, 2 if it ends with b and 4 if it contains b.
"""

import random
import subprocess
import sys

# Few characters, so that strings are often equal: controls, spaces, cases, accents both ways, wildcards, CJK, emoji.
ALPHABET = "    \t\x00\x01\x1f!aAáÄbsSßzZ%_\\|'~\x7f\x80éeÉıİiIµμΣσς漢字\uffe6\uffff😀🎉𐀀ﬀÆæøØ"
LIKE = "convert(unhex('{}') using utf8mb4) collate utf8mb4_general_ci"


def text(random_source):
    letters = ALPHABET if random_source.random() < 0.5 else random_source.sample(ALPHABET, 4) + [" "]
    if random_source.random() < 0.1:
        letters = [chr(c) for c in random_source.sample(range(0x20, 0xD800), 3)]
    made = "".join(random_source.choice(letters) for _ in range(random_source.choice([0, 1, 1, 2, 2, 3, 4, 6, 9])))
    return made + " " * random_source.choice([0, 0, 0, 1, 2])


def pair(random_source):
    a, b = text(random_source), text(random_source)
    kind = random_source.random()
    if kind < 0.25:
        b = "".join(random_source.choice([c.upper(), c.lower(), c]) for c in a)
    elif kind < 0.5 and a:
        start = random_source.randrange(len(a))
        b = a[start:random_source.randrange(start, len(a)) + 1].swapcase()
    elif kind < 0.7:
        b = a + text(random_source)
    return a, b


def main():
    output, count, seed, client = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    random_source = random.Random(seed)
    pairs = [tuple(part.encode().hex().upper() for part in pair(random_source)) for _ in range(count)]
    statements = []
    for a, b in pairs:
        left, right = LIKE.format(a), LIKE.format(b)
        pattern = f"replace(replace(replace({right}, '|', '||'), '%', '|%'), '_', '|_')"
        likes = [f"concat({pattern}, '%')", f"concat('%', {pattern})", f"concat('%', {pattern}, '%')"]
        found = " + ".join(f"{2 ** i} * ({left} like {like} escape '|')" for i, like in enumerate(likes))
        statements.append(f"select strcmp({left}, {right}), {found};")
    command = ["mariadb", *client, "--skip-column-names", "--batch", "--default-character-set=utf8mb4"]
    answer = subprocess.run(command, input="\n".join(statements), capture_output=True, text=True, check=True)
    lines = answer.stdout.splitlines()
    assert len(lines) == count
    with open(output, "w", encoding="ascii") as out:
        for (a, b), line in zip(pairs, lines):
            order, found = line.split("\t")
            out.write(f'{{"{a}", "{b}", {order}, {found}}},\n')


if __name__ == "__main__":
    main()
