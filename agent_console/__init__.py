"""The pages in the browser (网页控制台): the one HTTP app of the house.

So far the rehearsal of the voice menu; the desks of agents and supervisors grow here. Rooms have no routes of their own.
"""
