"""One link to a gateway 网关连接: the same engine for every protocol; what differs between them stands in their manners."""
