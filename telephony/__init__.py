"""The one door to Asterisk (话务接口): ports first (Line, SeatPhones, Switch), then adapters: ARI, AMI, fake.

Nobody else imports an AMI, AGI or ARI library; nobody here knows menus, queues or figures.
"""
