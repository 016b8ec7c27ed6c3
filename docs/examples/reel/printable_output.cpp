#include "printable_output.hpp"

#include <cstddef>

#include "text.hpp"

namespace tool {
namespace {

/// `rdbuf` alone clears the error state of the stream; this keeps it.
void redirect(std::ostream& stream, std::streambuf* buffer) {
  const std::ios::iostate state = stream.rdstate();
  stream.rdbuf(buffer);
  stream.clear(state);
}

/// Returns the length in bytes of an incomplete code point at the end of a string, or 0.
std::size_t unfinished(const std::string& text) {
  for (std::size_t length = 1; length <= 3 && length <= text.size(); ++length) {
    const auto byte = static_cast<unsigned char>(text[text.size() - length]);
    if (byte < 0x80) return 0;
    if (byte < 0xC0) continue;
    const std::size_t whole = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    return length < whole ? length : 0;
  }
  return 0;
}

}  // namespace

std::streamsize PrintableBuffer::xsputn(const char* text, std::streamsize size) {
  pending_.append(text, static_cast<std::size_t>(size));
  return pass_on(false) ? size : 0;
}

PrintableBuffer::int_type PrintableBuffer::overflow(int_type character) {
  if (traits_type::eq_int_type(character, traits_type::eof())) return traits_type::not_eof(character);
  pending_ += traits_type::to_char_type(character);
  return pass_on(false) ? character : traits_type::eof();
}

int PrintableBuffer::sync() { return pass_on(true) ? terminal_.pubsync() : -1; }

bool PrintableBuffer::pass_on(bool all) {
  const std::size_t size = pending_.size() - (all ? 0 : unfinished(pending_));
  const std::string text = escaped(std::string_view(pending_).substr(0, size));
  pending_.erase(0, size);
  return terminal_.sputn(text.data(), static_cast<std::streamsize>(text.size())) ==
         static_cast<std::streamsize>(text.size());
}

PrintableOutput::PrintableOutput(std::ostream& stream) : stream_(stream), buffer_(*stream.rdbuf()) {
  redirect(stream_, &buffer_);
}

PrintableOutput::~PrintableOutput() {
  stream_.flush();
  redirect(stream_, &buffer_.terminal());
}

RawOutput::RawOutput(std::ostream& stream) : stream_(stream), printable_(stream.rdbuf()) {
  auto* const buffer = dynamic_cast<PrintableBuffer*>(printable_);
  if (buffer == nullptr) return;
  stream_.flush();
  redirect(stream_, &buffer->terminal());
}

RawOutput::~RawOutput() {
  if (stream_.rdbuf() != printable_) redirect(stream_, printable_);
}

}  // namespace tool
