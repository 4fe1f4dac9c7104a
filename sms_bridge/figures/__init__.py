"""The SMS figures 短信统计: seven statistics and three supervision indicators (seed 000 §4.2), and the gateway's bill beside ours."""
