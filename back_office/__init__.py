"""The back office (后台业务): what can't be answered at once, and what everybody answers from.

Tickets 工单 with deadlines in working days, and the knowledge base 知识库 that the voice menu, SMS and agents read. Follow-up calls
and announcements come beside them. One database, migrated by itself; nothing of it is stored in another room.
"""
