"""What was last applied, who is applying now, and what every run did."""
