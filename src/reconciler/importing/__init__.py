"""From what is live to what a person would have written in desired/."""
