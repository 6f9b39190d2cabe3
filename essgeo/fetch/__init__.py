"""From the official sites to a folder of raw files: the only part of the program on the network."""
