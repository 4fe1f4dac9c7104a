"""The wire of the SMS carriers 短信协议: every PDU of CMPP, SMGP, SGIP and SMPP as a table, and the codecs made from the tables."""
