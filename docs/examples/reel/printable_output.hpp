#pragma once

#include <iosfwd>
#include <ostream>
#include <streambuf>
#include <string>

namespace tool {

/// Passes text on with everything escaped that a terminal would take for a command: see `escaped`. Line breaks and tabs
/// stay. A code point may come in several writes.
class PrintableBuffer final : public std::streambuf {
 public:
  explicit PrintableBuffer(std::streambuf& terminal) : terminal_(terminal) {}

  [[nodiscard]] std::streambuf& terminal() { return terminal_; }

 protected:
  std::streamsize xsputn(const char* text, std::streamsize size) override;
  int_type overflow(int_type character) override;
  int sync() override;

 private:
  /// Passes on `pending_`, except for a code point at its end that is not complete unless `all`.
  bool pass_on(bool all);

  std::streambuf& terminal_;
  std::string pending_{};
};

/// Makes everything that a stream prints printable, for a scope: ids, names and messages of servers are whatever their
/// authors chose.
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

/// Lets bytes through as they are, for a scope: JSON, which has its own escapes, the bytes of a blob, and commands to
/// the terminal.
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
