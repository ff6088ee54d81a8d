"""Plans and outcomes as text, JSON and Markdown, the saved plan file, and exit codes. Pure: values in, text out."""
