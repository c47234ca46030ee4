"""What settings are called on their pages and in proposals (keys of interface.md §4)."""

CONNECTOR = {
    "create_prospects_from_records": "Automatically create prospects if they're created as a Lead "
    "or Contact in Salesforce",
    "default_campaign": "Default campaign",
    "create_records_as": "Create records as",
    "sync_person_accounts": "Sync person accounts",
    "change_emails_from_salesforce": "Automatically change emails in Account Engagement to reflect "
    "changes in Salesforce",
    "delete_or_merge_prospects": "Automatically delete or merge prospects if the corresponding "
    "records in Salesforce are deleted or merged",
    "blank_salesforce_values_overwrite": "Allow blank Salesforce values to overwrite",
    "sync_emails_as_tasks": "Sync emails to Salesforce as tasks",
    "sync_opportunities": "Sync opportunities",
    "interval_seconds": "Interval in seconds",
    "daily_api_budget": "API calls a day",
    "consent_reserve_percent": "Reserve for opt-outs, percent",
    "hold_remailable": "Hold every change that would make people mailable again",
    "max_remailable_percent": "Mailable again in 24 hours, percent of prospects",
    "max_remailable_count": "Mailable again in 24 hours, prospects",
    "method": "Login method",
    "url": "Login URL",
    "client_id": "Client ID",
    "client_secret_env": "Variable of the client secret",
    "connector_user": "Connector user",
}
UNIT = {
    "name": "Name",
    "require_assigned_user_for_email_match": "Require an assigned user for email matches",
    "use_active_assignment_rules": "Use Salesforce's active assignment rules",
    "four_eyes": "Four eyes",
    "allow_self_approval_when_alone": "Allow self-approval when alone",
}
