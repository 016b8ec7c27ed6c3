#pragma once

#include <iosfwd>
#include <ostream>
#include <streambuf>
#include <string>

namespace tool {

/// Forwards text with everything escaped that a terminal would interpret as a command; see `escaped`. Keeps line breaks
/// and tabs. A code point may be split over several writes.
class PrintableBuffer final : public std::streambuf {
 public:
  explicit PrintableBuffer(std::streambuf& terminal) : terminal_(terminal) {}

  [[nodiscard]] std::streambuf& terminal() { return terminal_; }

 protected:
  std::streamsize xsputn(const char* text, std::streamsize size) override;
  int_type overflow(int_type character) override;
  int sync() override;

 private:
  /// Forwards `pending_`, except for an incomplete code point at its end unless `all`.
  bool pass_on(bool all);

  std::streambuf& terminal_;
  std::string pending_{};
};

/// Escapes everything that a stream prints, for the lifetime of the object: ids, names and messages of servers can
/// contain any bytes.
class PrintableOutput {
 public:
  explicit PrintableOutput(std::ostream& stream);
  ~PrintableOutput();
  PrintableOutput(const PrintableOutput&) = delete;
  PrintableOutput& operator=(const PrintableOutput&) = delete;

 private:
  std::ostream& stream_;
  PrintableBuffer buffer_;
};

/// Disables the escaping for the lifetime of the object: for JSON, which has its own escapes, for the bytes of a blob,
/// and for terminal control sequences.
class RawOutput {
 public:
  explicit RawOutput(std::ostream& stream);
  ~RawOutput();
  RawOutput(const RawOutput&) = delete;
  RawOutput& operator=(const RawOutput&) = delete;

 private:
  std::ostream& stream_;
  std::streambuf* printable_;
};

}  // namespace tool
