"""Everything beside people: the org itself, campaigns, queues, deals, tasks, permissions."""

from __future__ import annotations

from .fields import Field, area, date, flag, lookup, moment, number, phone, pick, read_only, text
from .objects import OWNER, SObject, sobject
from .people import SOURCES

ORGANIZATION = sobject(
    "Organization",
    "00D",
    text("Name", 80, required=True),
    text("PrimaryContact", 80),
    phone("Phone"),
    pick("OrganizationType", "Enterprise Edition", "Developer Edition", label="Edition"),
    text("InstanceName", 5),
    flag("IsSandbox", "Is Sandbox"),
    text("NamespacePrefix", 15),
    pick("LanguageLocaleKey", "en_US", label="Language"),
    pick("DefaultLocaleSidKey", "en_US", label="Locale"),
    pick("TimeZoneSidKey", "GMT", label="Time Zone"),
    createable=False,
    deletable=False,
)

PROFILE = sobject(
    "Profile", "00e", text("Name", 255), createable=False, updateable=False, deletable=False
)

GROUP = sobject(
    "Group",
    "00G",
    text("Name", 40, required=True),
    text("DeveloperName", 80),
    pick("Type", "Queue", "Regular", default="Queue"),
    text("Email", 80, type="email"),
)

CAMPAIGN = sobject(
    "Campaign",
    "701",
    text("Name", 80, required=True),
    lookup("ParentId", "Campaign", label="Parent Campaign ID"),
    pick("Type", "Conference", "Webinar", "Email", "Partners", "Other"),
    pick("Status", "Planned", "In Progress", "Completed", "Aborted", default="Planned"),
    date("StartDate"),
    date("EndDate"),
    number("BudgetedCost", type="currency"),
    flag("IsActive", "Active"),
    area("Description"),
    OWNER,
)

OPPORTUNITY = sobject(
    "Opportunity",
    "006",
    lookup("AccountId", "Account"),
    lookup("CampaignId", "Campaign"),
    text("Name", 120, required=True),
    area("Description"),
    pick(
        "StageName", "Prospecting", "Qualification", "Needs Analysis", "Proposal/Price Quote",
        "Negotiation/Review", "Closed Won", "Closed Lost", required=True, label="Stage",
    ),
    number("Amount", 18, 2, type="currency"),
    number("Probability", 3, type="percent", label="Probability (%)"),
    date("CloseDate", required=True),
    pick("Type", "New Customer", "Existing Customer"),
    pick("LeadSource", *SOURCES),
    *read_only(flag("IsClosed", "Closed"), flag("IsWon", "Won")),
    OWNER,
    plural="Opportunities",
    indexes=(("AccountId",), ("OwnerId",)),
    children=(("OpportunityContactRoles", "OpportunityContactRole", "OpportunityId"),),
)  # fmt: skip

CONTACT_ROLE = sobject(
    "OpportunityContactRole",
    "00K",
    lookup("OpportunityId", "Opportunity", required=True),
    lookup("ContactId", "Contact", required=True),
    pick("Role", "Decision Maker", "Economic Buyer", "Evaluator", "Influencer", "Other"),
    flag("IsPrimary", "Primary"),
    label="Opportunity Contact Role",
    indexes=(("OpportunityId",), ("ContactId",)),
)

TASK = sobject(
    "Task",
    "00T",
    lookup("WhoId", "Contact", "Lead", label="Name ID"),
    lookup("WhatId", "Account", "Opportunity", "Campaign", label="Related To ID"),
    text("Subject", 255, type="combobox"),
    date("ActivityDate", label="Due Date Only"),
    pick("Status", "Not Started", "In Progress", "Completed", "Deferred", default="Not Started"),
    pick("Priority", "High", "Normal", "Low", default="Normal"),
    pick("TaskSubtype", "Task", "Email", "Call", default="Task"),
    pick("Type", "Call", "Email", "Meeting", "Other"),
    area("Description"),
    OWNER,
    *read_only(flag("IsClosed", "Closed")),
    moment("CompletedDateTime", label="Completed Date"),
    indexes=(("WhoId",), ("WhatId",)),
)

PERMISSION_SET = sobject(
    "PermissionSet",
    "0PS",
    text("Name", 80),
    text("Label", 80),
    lookup("ProfileId", "Profile"),
    flag("IsOwnedByProfile"),
    createable=False,
    updateable=False,
    deletable=False,
    label="Permission Set",
)

FIELD_PERMISSIONS = sobject(
    "FieldPermissions",
    "01k",
    lookup("ParentId", "PermissionSet", label="Parent ID"),
    text("SobjectType", 40),
    text("Field", 120),
    flag("PermissionsRead", "Read"),
    flag("PermissionsEdit", "Edit"),
    label="Field Permissions",
    plural="Field Permissions",
    deletable=False,
    indexes=(("SobjectType", "Field"),),
)


def history_of(parent: str, key_prefix: str) -> SObject:
    """LeadHistory and ContactHistory: one row for each change of a tracked field."""
    return sobject(
        f"{parent}History",
        key_prefix,
        lookup(f"{parent}Id", parent),
        text("Field"),
        text("DataType", 40, "Datatype"),
        Field("OldValue", "Old Value", "anyType"),
        Field("NewValue", "New Value", "anyType"),
        plural=f"{parent} History",
        label=f"{parent} History",
        createable=False,
        updateable=False,
        deletable=False,
        indexes=((f"{parent}Id", "CreatedDate"), ("Field", "CreatedDate")),
    )


OTHERS: tuple[SObject, ...] = (
    ORGANIZATION,
    PROFILE,
    GROUP,
    CAMPAIGN,
    OPPORTUNITY,
    CONTACT_ROLE,
    TASK,
    PERMISSION_SET,
    FIELD_PERMISSIONS,
    history_of("Lead", "017"),
    history_of("Contact", "03j"),
)
