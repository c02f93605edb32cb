"""The dialects that come with batepapo, one TOML file each."""
