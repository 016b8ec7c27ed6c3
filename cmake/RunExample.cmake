# cmake -D program=… -D output=… -D folder=… -P RunExample.cmake
#
# Runs the program in the emptied folder. It must end with 0 and, if the file `output` exists, print exactly its contents.
file(REMOVE_RECURSE "${folder}")
file(MAKE_DIRECTORY "${folder}")
execute_process(COMMAND "${program}" WORKING_DIRECTORY "${folder}" OUTPUT_VARIABLE printed RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${program} ended with ${result}\n${printed}")
endif()
if(EXISTS "${output}")
  file(READ "${output}" expected)
  if(NOT printed STREQUAL expected)
    message(FATAL_ERROR "${program} printed\n${printed}\ninstead of\n${expected}")
  endif()
endif()
