"""What every part shares, and what client programs import."""
