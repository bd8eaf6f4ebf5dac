typedef int trace_placeholder;
