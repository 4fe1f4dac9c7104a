"""The knowledge base 知识库: reviewed articles in versions, branches 网点 and estates 合作楼盘, as told by phone and SMS."""
