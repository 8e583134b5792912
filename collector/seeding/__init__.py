"""Makes up realistic chats as changes: pure, the same for the same seed and time."""
