"""What a team's settings make of what was found."""
