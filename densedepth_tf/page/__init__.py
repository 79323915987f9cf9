"""The page: metric depth in a browser, served from this machine or written for any host."""
