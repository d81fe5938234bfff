"""What every part may import: errors, texts, clock, log, settings, durable files, ids. Imports nothing of ours."""
