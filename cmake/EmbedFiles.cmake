# Writes a source with the contents of files, for web/page_files.hpp:
#
#   cmake -D files=A;B -D output=FILE -P EmbedFiles.cmake

set(text "#include \"page_files.hpp\"\n\n#include <array>\n\nnamespace tool::web {\n\n")
string(APPEND text "const PageFile* page_file(std::string_view name) {\n")
string(APPEND text "  using namespace std::string_view_literals;\n")
list(LENGTH files count)
string(APPEND text "  static constexpr std::array<PageFile, ${count}> files{{\n")
file(WRITE "${output}" "${text}")
foreach(file IN LISTS files)
  get_filename_component(name "${file}" NAME)
  file(READ "${file}" bytes)
  if(bytes MATCHES "\\)page~\"")
    message(FATAL_ERROR "${file} contains the end of a raw string")
  endif()
  file(APPEND "${output}" "      {\"${name}\"sv, R\"page~(" "${bytes}" ")page~\"sv},\n")
endforeach()
file(APPEND "${output}" "  }};
  for (const PageFile& file : files)
    if (file.name == name) return &file;
  return nullptr;
}

}  // namespace tool::web
")
