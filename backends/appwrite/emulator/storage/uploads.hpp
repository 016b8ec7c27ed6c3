#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <emulator/http/ranges.hpp>
#include <emulator/server/version.hpp>
#include <emulator/storage/storage_state.hpp>

namespace reel::emulator {

/// The number of a chunk, from 1, and the number of chunks. Both are -1 if the chunk is known only to be the last.
struct ChunkPosition {
  int number = 1;
  int total = 1;
};

/// The chunk that a Content-Range describes. Before 1.9.5 the server calculates with the length of the chunk itself,
/// from then on with chunks of 5 MiB.
ChunkPosition chunk_position(const ContentRange& range, Version version);

/// Stores a chunk of the file at `path` and joins the chunks when as many as announced have arrived. Returns the number
/// of chunks that have arrived. If the chunk exists, it stays if `keep_first` and is replaced otherwise. `folder` is
/// for large contents. Throws 500 where the real server fails to join: a chunk is missing among as many as announced,
/// or is empty (`0` counts as empty).
int store_chunk(Bucket& bucket, const std::string& path, ChunkPosition position, std::string_view bytes,
                bool keep_first, const std::filesystem::path& folder);

/// A content in a new spool.
Content content_of_bytes(std::string_view bytes, const std::filesystem::path& folder);

/// A string that looks like `size` encrypted bytes in base64, the form in which the server stores them. It is random,
/// because only damaged files are ever returned in this form.
std::string ciphertext(std::size_t size, std::uint64_t seed);

/// The MD5 of a content in hexadecimal.
std::string signature_of(const Content& content);

}  // namespace reel::emulator
