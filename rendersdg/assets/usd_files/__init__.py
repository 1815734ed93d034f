"""USD's files, looked through before OpenUSD opens them."""
