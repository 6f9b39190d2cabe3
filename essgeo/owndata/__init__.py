"""What is done with a visitor's own data: lists, zones, corrections, tables. Nothing is kept."""
