"""How this process runs: cores, work ahead, interruption, memory, optional packages."""
