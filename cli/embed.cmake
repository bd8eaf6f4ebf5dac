# embed.cmake -- turns files into rows of C: X("name", "text"), the name without directory and ending.
#   cmake -DDIR=examples -DNAMES=at,between -DOUT=cli_examples.inc -P embed.cmake
cmake_minimum_required(VERSION 3.25) # a script has no policies of its own
set(rows "/* Made by cli/embed.cmake. */\n")
string(REPLACE "," ";" names "${NAMES}")
foreach(name IN LISTS names)
  file(READ ${DIR}/${name}.lua text)
  string(REPLACE "\\" "\\\\" text "${text}")
  string(REPLACE "\"" "\\\"" text "${text}")
  string(REPLACE "\n" "\\n\"\n\"" text "${text}")
  string(APPEND rows "X(\"${name}\",\n\"${text}\")\n")
endforeach()
file(WRITE ${OUT} "${rows}")
