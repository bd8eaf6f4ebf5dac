typedef int gang_core_placeholder;
