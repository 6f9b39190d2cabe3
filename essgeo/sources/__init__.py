"""What each official source is: where it is found, its columns and words -> the contract's."""
