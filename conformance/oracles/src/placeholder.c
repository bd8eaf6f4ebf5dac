typedef int conf_oracles_placeholder;
