"""The journal's schema, step by step 数据库迁移. Shipped with the product and run when a journal is opened."""
