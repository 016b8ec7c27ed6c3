#!/usr/bin/env python3
"""Writes include/reel/engine/collation_table.hpp from what a MariaDB server answers.

    generate.py OUTPUT [arguments of the mariadb client, such as --socket=…]

The server must be 10.11 or later, with InnoDB and the sequence engine; a scratch instance will do. The script makes and
drops the database reel_collation. Weights are what WEIGHT_STRING says under utf8mb4_general_ci. Whether a character
belongs to a word is asked of a full-text index: the word "aaa" is found in "aaa?bbb" only if "?" separates words.
"""

import subprocess
import sys

PREPARE = """
create database reel_collation character set utf8mb4 collate utf8mb4_general_ci;
use reel_collation;
create table probe (id int primary key, body text) engine=innodb;
insert into probe select seq, concat('aaa', convert(char(seq using utf32) using utf8mb4), 'bbb')
  from seq_0_to_1114111 where seq not between 0xD800 and 0xDFFF;
create fulltext index words on probe (body);
"""
WEIGHTS = """
select seq, conv(hex(weight_string(convert(char(seq using utf32) using utf8mb4) collate utf8mb4_general_ci)), 16, 10)
  from reel_collation.seq_{0}_to_{1}
"""
SEPARATORS = "select id from reel_collation.probe where match(body) against ('aaa' in boolean mode)"


def ask(client, statement):
    command = ["mariadb", *client, "--skip-column-names", "--batch", "--default-character-set=utf8mb4"]
    answer = subprocess.run(command, input=statement, capture_output=True, text=True, check=True)
    return [[int(field) for field in line.split("\t")] for line in answer.stdout.splitlines()]


def deduplicated(pages, known):
    """The distinct pages, those of `known` first, and for each page the number of its twin."""
    numbers = {page: number for number, page in enumerate(known)}
    places = [numbers.setdefault(page, len(numbers)) for page in pages]
    return list(numbers), places


def rows(numbers, form, per_line):
    texts = [form.format(number) for number in numbers]
    return ",\n".join("    " + ", ".join(texts[i:i + per_line]) for i in range(0, len(texts), per_line))


def main():
    output, client = sys.argv[1], sys.argv[2:]
    try:
        ask(client, PREPARE)
        weights = dict(ask(client, WEIGHTS.format(0, 0xFFFF)))
        above = {weight for _, weight in ask(client, WEIGHTS.format(0x10000, 0x10FFFF))}
        separators = {row[0] for row in ask(client, SEPARATORS)}
    finally:
        ask(client, "drop database if exists reel_collation")
    assert len(weights) == 0x10000 and above == {0xFFFD}
    assert separators >= set(range(0x10000, 0x110000))
    words = {point for point in range(0x10000) if point not in separators and not 0xD800 <= point <= 0xDFFF}

    weight_pages = [tuple(weights[page << 8 | low] for low in range(256)) for page in range(256)]
    own = [tuple(page << 8 | low for low in range(256)) for page in range(256)]
    folded = [page for page in weight_pages if page not in own]
    assert len(set(folded)) == len(folded) < 255
    weight_numbers = [folded.index(page) if page in folded else 255 for page in weight_pages]
    assert all(page == own[i] for i, page in enumerate(weight_pages) if weight_numbers[i] == 255)

    def bits(page):
        return tuple(sum(1 << low for low in range(64) if (page << 8 | part << 6 | low) in words) for part in range(4))

    word_pages, word_numbers = deduplicated([bits(page) for page in range(256)], [])

    with open(output, "w", encoding="utf-8") as out:
        out.write(f"""#pragma once

// Made by tests/support/collation/generate.py from the answers of a MariaDB server: change that, not this.
// clang-format off

#include <cstdint>

namespace reel::text::detail {{

/// For the high byte of a code point below U+10000: which of weight_pages holds its weight; 255: it is its own weight.
inline constexpr std::uint8_t weight_page_numbers[256] = {{
{rows(weight_numbers, "{:d}", 22)}}};

inline constexpr std::uint16_t weight_pages[{len(folded)}][256] = {{
""")
        out.write(",\n".join("  {\n" + rows(page, "0x{:04X}", 14) + "}" for page in folded))
        out.write(f"""}};

/// For the high byte of a code point below U+10000: which of word_pages tells whether it belongs to a word.
inline constexpr std::uint8_t word_page_numbers[256] = {{
{rows(word_numbers, "{:d}", 26)}}};

inline constexpr std::uint64_t word_pages[{len(word_pages)}][4] = {{
""")
        out.write(",\n".join("  {" + ", ".join(f"0x{part:016X}" for part in page) + "}" for page in word_pages))
        out.write("};\n\n}  // namespace reel::text::detail\n")


if __name__ == "__main__":
    main()
