#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <emulator/http/ranges.hpp>
#include <emulator/server/version.hpp>
#include <emulator/storage/storage_state.hpp>

namespace reel::emulator {

/// What a chunk is: its number, counted from 1, of how many. Both are -1 for "the last, whatever its number".
struct ChunkPlace {
  int number = 1;
  int total = 1;
};

/// Where the chunk of a Content-Range belongs: by its own length before 1.9.5, by lengths of 5 MiB from then on.
ChunkPlace place_of(const ContentRange& range, Version version);

/// Keeps a chunk. When all are there they become the content at `path`. Returns how many have come; throws 500 where
/// the real server stumbles: a number missing among as many as announced, or an empty one (`0` is empty, too).
/// `keep_first`: a chunk that is there already stays, otherwise it is replaced.
int store_chunk(Bucket& bucket, const std::string& path, ChunkPlace place, std::string_view bytes, bool keep_first,
                const std::filesystem::path& folder);

/// A content in a separate spool.
Content content_of_bytes(std::string_view bytes, const std::filesystem::path& folder);

/// Base64 of a ciphertext of so many bytes, as the server keeps encrypted files: no key is needed, because only damaged
/// files are ever shown so.
std::string ciphertext(std::size_t size, std::uint64_t seed);

/// The md5 of a content.
std::string signature_of(const Content& content);

}  // namespace reel::emulator
