"""The bridge's hands on its tables 短信数据, one file per kind of thing."""
