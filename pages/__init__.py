"""The screens: they ask, show, collect and call; what is computed is computed in core."""
