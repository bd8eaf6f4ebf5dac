# spark.cmake -- turns spark.tsv into rows of C: X("kind", "spark", "names", "rules", "scenario", "text").
#   cmake -DIN=spark.tsv -DOUT=cli_spark.inc -P spark.cmake
# The texts hold brackets and semicolons, which CMake's lists would not survive: so they are replaced in one piece.
cmake_minimum_required(VERSION 3.25) # a script has no policies of its own
file(READ ${IN} text)
string(FIND "${text}" "kind\tspark\tnames\trules\tscenario\ttext\n" at)
if(NOT at EQUAL 0)
  message(FATAL_ERROR "spark.tsv:1: the columns must be kind, spark, names, rules, scenario, text")
endif()
string(FIND "${text}" "\n" end)
math(EXPR end "${end} + 1")
string(SUBSTRING "${text}" ${end} -1 text)
string(REPLACE "\\" "\\\\" text "${text}")
string(REPLACE "\"" "\\\"" text "${text}")
set(field "([^\t\n]*)\t")
string(REGEX REPLACE "(API|term|config|message)\t([^\t\n]+)\t${field}${field}${field}([^\t\n]+)\n"
  "X(\"\\1\", \"\\2\", \"\\3\", \"\\4\", \"\\5\", \"\\6\")\n" rows "${text}")
if(rows MATCHES "\t")
  message(FATAL_ERROR "spark.tsv: a line is not six fields apart by tabs, the first API, term, config or message")
endif()
file(WRITE ${OUT} "/* Made from cli/spark.tsv. */\n${rows}")
