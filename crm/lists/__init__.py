"""The lists of organisations and of people: columns, filters, orders, pages by key."""
