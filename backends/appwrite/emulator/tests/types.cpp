#include <emulator/storage/mime.hpp>

#include "support/catch.hpp"

namespace types_tests {

using reel::emulator::sniff_type;
using namespace std::string_literals;

TEST_CASE("files of 0 to 2 bytes have a MIME type") {
  CHECK(sniff_type("") == "application/x-empty");
  CHECK(sniff_type("x") == "application/octet-stream");
  CHECK(sniff_type("xy") == "text/plain");
}

TEST_CASE("images, video, audio and archives are detected by their first bytes") {
  CHECK(sniff_type("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"s) == "image/png");
  CHECK(sniff_type("\xff\xd8\xff\xe0\0\x10JFIF"s) == "image/jpeg");
  CHECK(sniff_type("RIFF\x24\0\0\0WEBPVP8 "s) == "image/webp");
  CHECK(sniff_type("\0\0\0\x20"
                   "ftypisom\0\0\2\0isomiso2"s) == "video/mp4");
  CHECK(sniff_type("\0\0\0\x14"
                   "ftypqt  \0\0\2\0"s) == "video/quicktime");
  CHECK(sniff_type("\x1a\x45\xdf\xa3\x9f\x42\x86\x81\1\x42\x82\x84webm"s) == "video/webm");
  CHECK(sniff_type("RIFF\x24\0\0\0WAVEfmt "s) == "audio/x-wav");
  CHECK(sniff_type("ID3\3\0\0\0\0\0\n"s) == "audio/mpeg");
  CHECK(sniff_type("%PDF-1.4\n") == "application/pdf");
  CHECK(sniff_type("PK\3\4\x14\0\0\0\0\0"s + std::string(20, '\0') + "a.txt") == "application/zip");
  CHECK(sniff_type("\x1f\x8b\x08\0"s) == "application/gzip");
}

TEST_CASE("kinds of text files are distinguished") {
  CHECK(sniff_type("hello world") == "text/plain");
  CHECK(sniff_type("h\xC3\xA9llo") == "text/plain");
  CHECK(sniff_type("a\0b"s) == "application/octet-stream");
  CHECK(sniff_type("{\"a\":1}\n") == "application/json");
  CHECK(sniff_type("{\"a\":1}\n{\"b\":2}\n") == "application/x-ndjson");
  CHECK(sniff_type("\"x\"") == "text/plain");
  CHECK(sniff_type("a,b\n1,2\n3,4\n") == "text/csv");
  CHECK(sniff_type("a,b\n1,2\n") == "text/plain");
  CHECK(sniff_type("<html><b>x</b></html>") == "text/html");
  CHECK(sniff_type("<?xml version=\"1.0\"?><svg/>") == "image/svg+xml");
  CHECK(sniff_type("1\n00:00:01,000 --> 00:00:02,000\nhi\n") == "application/x-subrip");
  CHECK(sniff_type("WEBVTT\n\n00:01.000 --> 00:02.000\nhi\n") == "text/vtt");
  CHECK(sniff_type("print(1)\n") == "text/plain");
  CHECK(sniff_type("from manim import *\n\nclass A(Scene):\n    pass\n") == "text/x-script.python");
  CHECK(sniff_type("#!/bin/sh\necho\n") == "text/x-shellscript");
}

}  // namespace types_tests
