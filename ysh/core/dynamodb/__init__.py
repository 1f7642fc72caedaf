"""DynamoDB: four tables, declared once, and what is asked of them."""
