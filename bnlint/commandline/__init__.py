"""What the commands share, and the program's way to the terminal."""
