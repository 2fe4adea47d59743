"""What tests share: whole parts in memory or as processes, foreign programs, judges."""
