"""The pages of choosing: guide, library, mapping, North Star, three tests, announcement."""
