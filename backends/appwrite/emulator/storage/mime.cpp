#include <emulator/storage/mime.hpp>

#include <algorithm>
#include <array>

namespace reel::emulator {
namespace {

using namespace std::string_view_literals;

struct Signature {
  std::size_t offset;
  std::string_view bytes;
  std::string_view type;
};

/// The first matching signature decides.
constexpr std::array signatures{
    Signature{0, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"sv, "image/png"},
    Signature{0, "\xff\xd8\xff"sv, "image/jpeg"},
    Signature{0, "GIF8"sv, "image/gif"},
    Signature{0, "II*\0"sv, "image/tiff"},
    Signature{0, "MM\0*"sv, "image/tiff"},
    Signature{0, "\xff\x0a\xfa"sv, "image/jxl"},
    Signature{0, "%PDF-"sv, "application/pdf"},
    Signature{0, "PK\x05\x06"sv, "application/zip"},
    Signature{0, "\x1f\x8b"sv, "application/gzip"},
    Signature{0, "\x1f\x9d"sv, "application/x-compress"},
    Signature{0, "BZh"sv, "application/x-bzip2"},
    Signature{0,
              "\xfd"
              "7zXZ\0"sv,
              "application/x-xz"},
    Signature{0, "\x28\xb5\x2f\xfd"sv, "application/zstd"},
    Signature{0, "\x04\x22\x4d\x18"sv, "application/x-lz4"},
    Signature{0, "7z\xbc\xaf\x27\x1c"sv, "application/x-7z-compressed"},
    Signature{0, "Rar!\x1a\x07"sv, "application/x-rar"},
    Signature{257, "ustar"sv, "application/x-tar"},
    Signature{0, "!<arch>\ndebian"sv, "application/vnd.debian.binary-package"},
    Signature{0, "!<arch>\n"sv, "application/x-archive"},
    Signature{0, "\xed\xab\xee\xdb"sv, "application/x-rpm"},
    Signature{0, "fLaC"sv, "audio/flac"},
    Signature{28, "\x01vorbis"sv, "audio/ogg"},
    Signature{28, "OpusHead"sv, "audio/ogg"},
    Signature{28, "\x80theora"sv, "video/ogg"},
    Signature{0, "FLV\x01"sv, "video/x-flv"},
    Signature{0, "\0\0\x01\xba"sv, "video/mpeg"},
    Signature{0, "\0\0\x01\xb3"sv, "video/mpeg"},
    Signature{0, "\x30\x26\xb2\x75"sv, "video/x-ms-asf"},
    Signature{0, "MThd"sv, "audio/midi"},
    Signature{0, "#!AMR"sv, "audio/amr"},
    Signature{0, ".snd"sv, "audio/basic"},
    Signature{0, "ID3"sv, "audio/mpeg"},
    Signature{0, "\xca\xfe\xba\xbe"sv, "application/x-java-applet"},
    Signature{0, "\0asm"sv, "application/wasm"},
    Signature{0, "SQLite format 3\0"sv, "application/vnd.sqlite3"},
    Signature{0, "\0\x01\0\0\0"sv, "font/sfnt"},
    Signature{0, "OTTO"sv, "application/vnd.ms-opentype"},
    Signature{0, "wOFF"sv, "font/woff"},
    Signature{0, "wOF2"sv, "font/woff2"},
    Signature{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, "application/x-ole-storage"},
    Signature{0, "%!PS-Adobe"sv, "application/postscript"},
    Signature{0, "{\\rtf"sv, "text/rtf"},
    Signature{0, "d8:announce"sv, "application/x-bittorrent"},
};

struct Brand {
  std::string_view name;
  std::string_view type;
};

/// Types of ISO media files by the start of their major brand.
constexpr std::array brands{
    Brand{"isom", "video/mp4"},       Brand{"iso", "video/mp4"},   Brand{"mp4", "video/mp4"},
    Brand{"avc1", "video/mp4"},       Brand{"dash", "video/mp4"},  Brand{"mmp4", "video/mp4"},
    Brand{"qt  ", "video/quicktime"}, Brand{"M4A", "audio/x-m4a"}, Brand{"M4B", "audio/mp4"},
    Brand{"M4V", "video/x-m4v"},      Brand{"MSNV", "audio/mp4"},  Brand{"3gp", "video/3gpp"},
    Brand{"3g2", "video/3gpp2"},      Brand{"heic", "image/heic"}, Brand{"heix", "image/heic"},
    Brand{"mif1", "image/heif"},      Brand{"avif", "image/avif"}, Brand{"avis", "image/avif"},
};

bool has(std::string_view bytes, std::size_t offset, std::string_view expected) {
  return bytes.size() >= offset + expected.size() && bytes.substr(offset, expected.size()) == expected;
}

unsigned byte(std::string_view bytes, std::size_t offset) {
  return offset < bytes.size() ? static_cast<unsigned char>(bytes[offset]) : 0U;
}

std::string_view media_type(std::string_view bytes) {
  if (has(bytes, 4, "moov") || has(bytes, 4, "mdat")) return "video/quicktime";
  if (!has(bytes, 4, "ftyp")) return {};
  const std::string_view major = bytes.substr(8);
  for (const Brand& brand : brands) {
    if (major.starts_with(brand.name)) return brand.type;
  }
  return {};
}

std::string_view riff_type(std::string_view bytes) {
  if (!has(bytes, 0, "RIFF")) return {};
  if (has(bytes, 8, "WEBP")) return "image/webp";
  if (has(bytes, 8, "AVI ")) return "video/x-msvideo";
  if (has(bytes, 8, "WAVE")) return "audio/x-wav";
  return {};
}

std::string_view matroska_type(std::string_view bytes) {
  if (!has(bytes, 0, "\x1a\x45\xdf\xa3"sv)) return {};
  const std::string_view head = bytes.substr(0, 4096);
  const std::size_t kind = head.find("\x42\x82"sv);
  if (kind == std::string_view::npos) return {};
  if (has(head, kind + 3, "webm")) return "video/webm";
  return has(head, kind + 3, "matroska") ? "video/x-matroska"sv : ""sv;
}

/// MPEG audio without a header and MPEG transport streams.
std::string_view frame_type(std::string_view bytes) {
  if (byte(bytes, 0) == 0xFF) {
    const unsigned second = byte(bytes, 1);
    if ((second & 0xF6U) == 0xF0U) return "audio/x-hx-aac-adts";
    if ((second & 0xE6U) == 0xE2U && (second & 0x18U) != 0x08U && (byte(bytes, 2) & 0xF0U) != 0xF0U)
      return "audio/mpeg";
  }
  const bool stream = byte(bytes, 0) == 0x47 && byte(bytes, 188) == 0x47 && byte(bytes, 376) == 0x47;
  return stream ? "video/MP2T"sv : ""sv;
}

std::string_view program_type(std::string_view bytes) {
  if (has(bytes, 0,
          "\x7f"
          "ELF")) {
    const unsigned kind = byte(bytes, byte(bytes, 5) == 2 ? 17 : 16);
    if (kind == 1) return "application/x-object";
    if (kind == 2) return "application/x-executable";
    if (kind == 3) return "application/x-sharedlib";
    return "application/x-coredump";
  }
  if (!has(bytes, 0, "MZ")) return {};
  const std::size_t header = byte(bytes, 60) | (byte(bytes, 61) << 8U);
  if (header != 0 && has(bytes, header, "PE\0\0"sv)) return "application/vnd.microsoft.portable-executable";
  return {};
}

/// Many formats are zip archives; the first entries identify them.
std::string zip_type(std::string_view bytes) {
  if (!has(bytes, 0, "PK\x03\x04")) return {};
  if (has(bytes, 30, "mimetype")) {
    const std::string_view type = bytes.substr(38, bytes.find("PK", 38) - 38);
    if (type.starts_with("application/") && type.size() < 100) return std::string{type};
  }
  if (has(bytes, 30, "[Content_Types].xml") || has(bytes, 30, "_rels/.rels") || has(bytes, 30, "docProps")) {
    const std::string office = "application/vnd.openxmlformats-officedocument.";
    if (bytes.find("word/") != std::string_view::npos) return office + "wordprocessingml.document";
    if (bytes.find("ppt/") != std::string_view::npos) return office + "presentationml.presentation";
    if (bytes.find("xl/") != std::string_view::npos) return office + "spreadsheetml.sheet";
  }
  return "application/zip";
}

std::string_view bitmap_type(std::string_view bytes) {
  const unsigned header = byte(bytes, 14);
  const bool known = header == 12 || header == 40 || header == 64 || header == 108 || header == 124;
  return has(bytes, 0, "BM") && known && byte(bytes, 15) == 0 ? "image/bmp"sv : ""sv;
}

/// Whether the bytes are text: no control characters except BEL to CR and ESC. Bytes above 127 count as letters.
bool is_text(std::string_view bytes) {
  constexpr std::size_t most = 64 * 1024;
  if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff")) return true;
  const std::string_view head = bytes.substr(0, most);
  return std::all_of(head.begin(), head.end(), [](char letter) {
    const auto code = static_cast<unsigned char>(letter);
    return code >= 0x20 ? code != 0x7F : (code >= 0x07 && code <= 0x0D) || code == 0x1B;
  });
}

}  // namespace

std::string sniff_type(std::string_view bytes) {
  if (bytes.empty()) return "application/x-empty";
  if (bytes.size() == 1) return "application/octet-stream";
  if (std::string type = zip_type(bytes); !type.empty()) return type;
  for (const auto sniff : {media_type, riff_type, matroska_type, program_type, bitmap_type}) {
    if (const std::string_view type = sniff(bytes); !type.empty()) return std::string{type};
  }
  for (const Signature& signature : signatures) {
    if (has(bytes, signature.offset, signature.bytes)) return std::string{signature.type};
  }
  if (is_text(bytes)) return sniff_text_type(bytes);
  if (const std::string_view type = frame_type(bytes); !type.empty()) return std::string{type};
  return "application/octet-stream";
}

}  // namespace reel::emulator
